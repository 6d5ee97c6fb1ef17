import { kernels } from './kernels.ts';
import { Attention } from './sections/attention.tsx';
import { BetaTables } from './sections/beta-tables.tsx';
import { Curves } from './sections/curves.tsx';
import { Loss } from './sections/loss.tsx';
import { Paths } from './sections/paths.tsx';
import { Race } from './sections/race.tsx';
import { Scores } from './sections/scores.tsx';
import { Sources } from './sections/sources.tsx';
import { YourLogits } from './sections/your-logits.tsx';
import { THEMES, type Theme, theme } from './theme.ts';

const CONTENTS = [
  ['scores', 'Scores'],
  ['beta', 'β tables'],
  ['curves', 'Curves'],
  ['loss', 'Loss'],
  ['paths', 'Paths'],
  ['attention', 'Attention'],
  ['race', 'Race'],
  ['yours', 'Your logits'],
] as const;

export function Page() {
  return (
    <>
      <a class="skip" href="#scores">
        To the text
      </a>
      <div class="bar-top">
        <nav aria-label="Sections">
          <ol>
            {CONTENTS.map(([id, name]) => (
              <li key={id}>
                <a href={`#${id}`}>{name}</a>
              </li>
            ))}
          </ol>
        </nav>
        <ThemeChoice />
      </div>
      <main>
        <header>
          <h1>Softmax</h1>
          <p class="lead">
            How a network’s scores become probabilities, what temperature does to them, what a wrong answer
            costs, and how fast your browser can compute it.
          </p>
          <p class="soft">
            Every number here is computed in this page, as you read, by the package <code>softmax-simd</code>.
            In this browser it uses the backend <code data-test="backend">{kernels.backend}</code>. Whatever
            looks like a number in a box can be changed, and the address keeps what you changed.
          </p>
        </header>
        <Scores />
        <BetaTables />
        <Curves />
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
      <span aria-hidden="true">◐ </span>
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
