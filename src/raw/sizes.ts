/**
 * The sizes on which kernels and their callers agree. The kernels read this very file: what stands here has to be
 * AssemblyScript, too. There an integer is an i32, a `number` an f64.
 */

/** Columns per block: a row's sum is the sum of its blocks' sums, in order, whoever computes them. */
export const BLOCK_COLS = 4096;

/**
 * Bins of `massBinsF32`, and how many of them a nat takes, a power of two: the last one takes all that is further than
 * some 64 nats.
 */
export const MASS_BINS = 8192;
export const BINS_PER_NAT = 128;

/** Float64 numbers in a row of the results of `massBinsF32` and `momentsF32`. */
export const MASS_STRIDE: number = 1 + MASS_BINS;
export const MOMENTS_STRIDE = 5;

/** Rows of up to so many columns are worked on side by side, a lane each; longer ones each by itself. */
export const LANE_COLS = 64;

/** Bytes of a thread's own scratch: a tile of rows in lanes, and what is known of each. */
export const LANE_SCRATCH_BYTES = 49152;

/** Bytes to which `alloc` aligns: a cache line. */
export const ALIGNMENT = 64;

/** Bytes in a page of WebAssembly memory. */
export const PAGE_BYTES = 65536;
