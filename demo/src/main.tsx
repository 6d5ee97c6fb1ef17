import './styles/fonts.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/figures.css';
import './styles/hero.css';
import './styles/plan.css';
import './styles/letters.css';
import './styles/race.css';
import './styles/attention.css';
import { render } from 'preact';
import { followReading } from './contents.ts';
import { Page } from './page.tsx';
import { followAddress } from './state.ts';

render(<Page />, document.getElementById('page') as HTMLElement);
followAddress();
followReading();
