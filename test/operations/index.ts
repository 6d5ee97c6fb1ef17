/** All operations, by name; a new one is a new entry in its family's file. */

import { family as calibration } from './calibration.ts';
import { family as crossEntropy } from './cross-entropy.ts';
import { family as elementwise } from './elementwise.ts';
import { family as gradients } from './gradients.ts';
import type { Form, Operation, RowForm } from './operation.ts';
import { family as sample } from './sample.ts';
import { family as select } from './select.ts';
import { family as softmax } from './softmax.ts';
import { family as stats } from './stats.ts';
import { family as tokens } from './tokens.ts';

export const operations: Readonly<Record<string, Operation>> = {
  ...softmax,
  ...crossEntropy,
  ...elementwise,
  ...gradients,
  ...select,
  ...sample,
  ...tokens,
  ...stats,
  ...calibration,
};

const all = Object.values(operations);

/** Every operation in every form, by the names under which their bits are recorded. */
export const forms: Readonly<Record<string, Form>> = Object.assign({}, ...all.map((of) => of.forms));

/** Calls over any rows. */
export const rowForms: readonly (RowForm & { name: string })[] = all.flatMap(({ rowForms = {} }) =>
  Object.entries(rowForms).map(([name, form]) => ({ name, ...form })),
);
