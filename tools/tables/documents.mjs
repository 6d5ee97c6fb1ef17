// Documents with generated blocks: what stands between <!-- generated:NAME --> and <!-- /generated -->.

/** Where blocks are, and nowhere else. */
export const DOCUMENTS = ['README.md', 'USAGE.md', 'HOSTS.md', 'bench/RESULTS.md'];

const BLOCK = /(<!-- generated:([\w-]+) -->\n)(?:(?!<!-- (?:\/?generated))[\s\S])*(<!-- \/generated -->)/g;

/**
 * @param {Record<string, string>} documents texts by path
 * @param {Record<string, string>} blocks texts by name
 * @returns {Record<string, string>} the documents with their blocks written anew
 * @throws {Error} if a document's marker is not one of `blocks`, or has no end; or if a block is in no document
 */
export function fill(documents, blocks) {
  const problems = [];
  const used = new Set();
  const filled = Object.entries(documents).map(([path, text]) => {
    let found = 0;
    const after = text.replace(BLOCK, (all, start, name, end) => {
      found++;
      used.add(name);
      if (blocks[name] === undefined) problems.push(`${path}: nobody generates '${name}'`);
      return blocks[name] === undefined ? all : `${start}${blocks[name]}\n${end}`;
    });
    const markers = text.match(/<!-- \/?generated/g)?.length ?? 0;
    if (markers !== 2 * found) problems.push(`${path}: a marker without its other half`);
    return [path, after];
  });
  for (const name of Object.keys(blocks)) {
    if (!used.has(name)) problems.push(`no document has the block '${name}'`);
  }
  if (problems.length) throw new Error(problems.join('\n'));
  return Object.fromEntries(filled);
}
