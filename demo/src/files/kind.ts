/** Whether a .npy file holds floats, logits then, or integers, labels. */
import { headerSpan, LONG_PREFIX_BYTES, parseHeader } from '../../../src/cli/input/npy-header.ts';

/** @throws Error if it is no .npy file */
export async function isFloatNpy(file: File): Promise<boolean> {
  const bytes = async (start: number, end: number): Promise<Uint8Array> =>
    new Uint8Array(await file.slice(start, end).arrayBuffer());
  const span = headerSpan(file.name, await bytes(0, LONG_PREFIX_BYTES), file.size);
  const text = new TextDecoder(span.encoding).decode(await bytes(span.start, span.end));
  return !/^[<>|]?[iub]/.test(parseHeader(file.name, text).descr);
}
