// What an instance is given beside its memory.

/** The address of this instance's own scratch: SCRATCH_BYTES of tile.ts. */
export declare const scratch: usize;
