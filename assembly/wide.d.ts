/** Of asconfig.json: whether the binary is for engines that join pairs of vectors, side by side, into one of 256 bits. */
declare const WIDE: bool;
