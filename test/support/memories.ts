/** Memory of both kinds, for `describe.each`. */

export interface MemoryKind {
  name: 'shared' | 'plain';
  create(pages?: number, maximum?: number): WebAssembly.Memory;
}

export const memories: MemoryKind[] = [
  {
    name: 'shared',
    create: (initial = 0, maximum = 65536) => new WebAssembly.Memory({ initial, maximum, shared: true }),
  },
  { name: 'plain', create: (initial = 0, maximum = 65536) => new WebAssembly.Memory({ initial, maximum }) },
];
