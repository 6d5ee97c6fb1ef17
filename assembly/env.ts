// What an instance is given beside its memory.

/** The address of this instance's own scratch: LANE_SCRATCH_BYTES of src/raw/sizes.ts. */
export declare const scratch: usize;

export class Scratch {
  /** Of it, what a kernel keeps while no tile lies there. A sum: of a variable itself V8 does not see what lies side by side. */
  @inline static spare(): usize {
    return scratch + 64;
  }
}
