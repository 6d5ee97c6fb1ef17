/** 2. The β tables. */

import { numbers, remembered, within } from '../state.ts';
import { Section } from '../ui/section.tsx';
import { type BetaTable, MAX_BETA, Table } from './beta-table.tsx';

const SCORES = [0.95, 0.99, 0.98];

const tables: readonly BetaTable[] = [
  { z: remembered('za', SCORES, numbers(3)), beta: remembered('ba', 500, within(0, MAX_BETA)) },
  { z: remembered('zb', SCORES, numbers(3)), beta: remembered('bb', 1, within(0, MAX_BETA)) },
];

export function BetaTables() {
  return (
    <Section id="beta" number={2} title="Sharp, soft, and too large for the computer">
      <div class="columns">
        <p>
          Three scores that nearly agree: 0.95, 0.99 and 0.98. With β = 500 softmax all but decides: it comes
          close to <dfn>argmax</dfn>, written here as a one-hot column. With β = 1 the same scores are almost
          a draw.
        </p>
        <p>
          The columns on the right say why one should not compute it as it is written. In 32-bit arithmetic e
          <sup>βz</sup> overflows beyond 3.4·10³⁸, and ∞ ∕ ∞ is not a number. Subtracting the largest score
          first changes nothing in exact arithmetic, since it cancels, and leaves no exponent above 0
          (Goodfellow et al. <a href="#sources">2016, §4.1</a>). Software that keeps the maximum and the sum
          while it reads can do so in one pass (Milakov and Gimelshein <a href="#sources">2018</a>). The
          column in bold is this package’s.
        </p>
      </div>
      <div class="beta-tables">
        {tables.map((table, i) => (
          <Table key={String(i)} {...table} name={i === 0 ? 'a' : 'b'} />
        ))}
      </div>
      <p class="note">
        Every box can be written into, and the rest follows. A power, a share or the one-hot finds the score
        that would give it; a sum or a maximum moves all scores together, which leaves the shares as they are.
      </p>
    </Section>
  );
}
