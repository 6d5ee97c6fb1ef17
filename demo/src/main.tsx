import './styles/fonts.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/figures.css';
import { render } from 'preact';
import { Page } from './page.tsx';
import { followAddress } from './state.ts';

render(<Page />, document.getElementById('page') as HTMLElement);
followAddress();
