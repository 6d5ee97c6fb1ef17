import { CONTENTS, current } from './contents.ts';
import { kernels } from './kernels.ts';
import { Attention } from './sections/attention.tsx';
import { BetaTables } from './sections/beta-tables.tsx';
import { Curves } from './sections/curves.tsx';
import { Gaussians } from './sections/gaussians.tsx';
import { Hero } from './sections/hero.tsx';
import { Loss } from './sections/loss.tsx';
import { Paths } from './sections/paths.tsx';
import { Race } from './sections/race.tsx';
import { Scores } from './sections/scores.tsx';
import { Sources } from './sections/sources.tsx';
import { Space } from './sections/space.tsx';
import { YourLogits } from './sections/your-logits.tsx';
import { reset } from './state.ts';
import { THEMES, type Theme, theme } from './theme.ts';

export function Page() {
  return (
    <>
      <a class="skip" href="#scores">
        To the text
      </a>
      <header class="bar-top">
        <nav aria-label="Sections">
          <ol>
            {CONTENTS.map(([id, name]) => (
              <li key={id}>
                <a href={`#${id}`} aria-current={current.value === id ? 'true' : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ol>
        </nav>
        <div class="bar-tools">
          <button type="button" onClick={reset} title="Everything on the page as it was at first">
            Reset
          </button>
          <ThemeChoice />
        </div>
      </header>
      <main>
        <Hero />
        <p class="made">
          Every number here is computed in this page, as you read, by the package <code>softmax-simd</code>{' '}
          (backend <code data-test="backend">{kernels.backend}</code>: the same bits on every machine). The
          address keeps what you change.
        </p>
        <Scores />
        <BetaTables />
        <Curves />
        <Gaussians />
        <Space />
        <Loss />
        <Paths />
        <Attention />
        <Race />
        <YourLogits />
        <Sources />
      </main>
    </>
  );
}

function ThemeChoice() {
  return (
    <label class="theme">
      <span class="sr">colours</span>
      <select
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        {THEMES.map((name) => (
          <option key={name} value={name} selected={theme.value === name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
