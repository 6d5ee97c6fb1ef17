// Whether files that were made are still those of the files they were made from: what all of them held is on record.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** @param {string | Buffer} content */
const digestOf = (content) => createHash('sha256').update(content).digest('hex');

/** @param {string} record a file of `writeRecord`'s @returns {boolean} whether every file on it is there, unchanged */
export function isUpToDate(record) {
  try {
    const files = Object.entries(JSON.parse(readFileSync(record, 'utf8')));
    return files.every(([path, digest]) => digestOf(readFileSync(path)) === digest);
  } catch {
    // There is no record, or half of one, or a file is gone.
    return false;
  }
}

/**
 * @param {string} record
 * @param {Map<string, string | Buffer>} files what was made, and all that it was made from: path → content, as it was
 *   read or written, as somebody may have changed it since
 */
export function writeRecord(record, files) {
  const digests = Array.from(files, ([path, content]) => [path, digestOf(content)]);
  writeFileSync(record, `${JSON.stringify(Object.fromEntries(digests), undefined, 2)}\n`);
}
