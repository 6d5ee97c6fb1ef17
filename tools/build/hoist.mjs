// A transform for asc: a vector of a constant is made once, at its function's beginning, not in every turn of a loop.
//
// The kernels write f32x4.splat(C2) wherever they need it. The constants are variables that nothing sets
// (assembly/exp.ts says why), which an engine cannot know: in a loop it would read and splat them in every turn.
//
// This sees what asc puts in line (`@inline`), not what the optimizer does afterwards. So a function that makes such a
// vector and is called in a loop has to be `@inline`, if it is small or called once; test/binaries.node.test.ts tells.

/** The parts of each kind of expression that are expressions, as Binaryen's accessors name them. */
const PARTS = {
  ...{ Const: [], LocalGet: [], GlobalGet: [], MemorySize: [], Nop: [], Unreachable: [] },
  ...{ LocalSet: ['Value'], GlobalSet: ['Value'], Drop: ['Value'], Return: ['Value'] },
  ...{ Unary: ['Value'], Binary: ['Left', 'Right'], Select: ['IfTrue', 'IfFalse', 'Condition'] },
  ...{ Loop: ['Body'], If: ['Condition', 'IfTrue', 'IfFalse'], Break: ['Condition', 'Value'] },
  ...{ Load: ['Ptr'], Store: ['Ptr', 'Value'], SIMDLoad: ['Ptr'], SIMDLoadStoreLane: ['Ptr', 'Vec'] },
  ...{ SIMDExtract: ['Vec'], SIMDReplace: ['Vec', 'Value'], SIMDShuffle: ['Left', 'Right'] },
  ...{ SIMDShift: ['Vec', 'Shift'], SIMDTernary: ['A', 'B', 'C'] },
  ...{ MemoryCopy: ['Dest', 'Source', 'Size'], MemoryFill: ['Dest', 'Value', 'Size'] },
};
/** Those that have a list of them: how the accessors call one of its items. */
const LISTS = { Block: ['Children', 'Child'], Call: ['Operands', 'Operand'] };

export class Hoist {
  /** Called by asc, which has set `this.binaryen`, before it optimises. */
  afterCompile(module) {
    const { binaryen } = this;
    const kinds = new Map(
      [...Object.keys(PARTS), ...Object.keys(LISTS)].map((kind) => [binaryen[`${kind}Id`], kind]),
    );
    const kindOf = (expression) => {
      const kind = kinds.get(binaryen.getExpressionId(expression));
      if (kind === undefined)
        throw new Error(`hoist: unknown kind of expression: ${binaryen.emitText(expression)}`);
      return kind;
    };

    /** Calls visit(part, how to put another in its place) for each part of an expression. */
    const eachPart = (expression, visit) => {
      const kind = kindOf(expression);
      const access = binaryen[kind];
      const [list, item] = LISTS[kind] ?? [];
      if (list) {
        access[`get${list}`](expression).forEach((part, i) => {
          visit(part, (other) => access[`set${item}At`](expression, i, other));
        });
      }
      for (const name of PARTS[kind] ?? []) {
        const part = access[`get${name}`](expression);
        if (part) visit(part, (other) => access[`set${name}`](expression, other));
      }
    };

    const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i))
      .map((ref) => ({ ref, body: binaryen.Function.getBody(ref) }))
      .filter(({ body }) => body);
    /** The variables that something sets. */
    const written = new Set();
    const gather = (expression) => {
      if (kindOf(expression) === 'GlobalSet') written.add(binaryen.GlobalSet.getName(expression));
      eachPart(expression, gather);
    };
    for (const { body } of functions) gather(body);

    /** The variable of which an expression is the splat, if nothing sets it. */
    const splatted = (expression) => {
      // Of all operations on a scalar only splats give a vector.
      if (kindOf(expression) !== 'Unary' || binaryen.getExpressionType(expression) !== binaryen.v128) return;
      const scalar = binaryen.Unary.getValue(expression);
      if (kindOf(scalar) !== 'GlobalGet') return;
      const name = binaryen.GlobalGet.getName(scalar);
      return written.has(name) ? undefined : name;
    };

    for (const { ref, body } of functions) {
      /** The local that holds each vector, and what sets it. */
      const hoisted = new Map();
      const hoist = (expression, replace, inLoop) => {
        const name = splatted(expression);
        if (name === undefined) {
          const within = inLoop || kindOf(expression) === 'Loop';
          eachPart(expression, (part, put) => hoist(part, put, within));
        } else if (inLoop) {
          const key = `${binaryen.Unary.getOp(expression)} ${name}`;
          if (!hoisted.has(key)) {
            // Binaryen's C interface: its JavaScript has no name for it.
            const local = binaryen._BinaryenFunctionAddVar(ref, binaryen.v128);
            hoisted.set(key, { local, set: module.local.set(local, expression) });
          }
          replace(module.local.get(hoisted.get(key).local, binaryen.v128));
        }
      };
      hoist(body, undefined, false);
      if (hoisted.size === 0) continue;
      const sets = Array.from(hoisted.values(), ({ set }) => set);
      binaryen.Function.setBody(ref, module.block(null, [...sets, body], binaryen.Function.getResults(ref)));
    }
  }
}
