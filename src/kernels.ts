/// <reference lib="esnext.disposable" preserve="true" />
import { rangeError, typeError } from './arguments/check.ts';
import type {
  BinaryCrossEntropyOptions,
  Calibration,
  CalibrationOptions,
  ColsOptions,
  CrossEntropyOptions,
  ElementOptions,
  FitTemperatureOptions,
  FittedTemperature,
  HardmaxOptions,
  LabelledBatch,
  MaskedRowsOptions,
  NllOptions,
  PerplexityOptions,
  RowStatsOptions,
  RowsOptions,
  Sample,
  SampleOptions,
  TokenLogProbsOptions,
  TopK,
} from './arguments/options.ts';
import type { Host } from './memory/host.ts';
import { binaryCrossEntropy } from './ops/binary-cross-entropy.ts';
import { calibration } from './ops/calibration.ts';
import * as ce from './ops/cross-entropy.ts';
import { logSigmoid, sigmoid } from './ops/elementwise.ts';
import { logSoftmaxGradient, sigmoidGradient, softmaxGradient } from './ops/gradients.ts';
import { nllLoss } from './ops/nll-loss.ts';
import { sample } from './ops/sample.ts';
import * as select from './ops/select.ts';
import { mergeStats, type RowStats } from './ops/shared/stats.ts';
import * as sm from './ops/softmax.ts';
import * as rs from './ops/stats.ts';
import { fitTemperature, fitTemperatureBatches } from './ops/temperature.ts';
import { perplexity, tokenLogProbs } from './ops/tokens.ts';

/** What computes: fused multiply-add where the host has it, the same bits everywhere, or plain TypeScript. */
export type Backend = 'relaxed-simd' | 'simd' | 'js';

/** What `load` found out about the host, and what it made. */
export interface Loaded extends Host {
  readonly backend: Backend;
  readonly reason: string | undefined;
  /** The calling thread and its workers, if there are any. */
  readonly team: { readonly threads: number; close(): void } | undefined;
}

/**
 * The operations over one memory. Made by `load` or `loadSync`; the plain functions of the same names work over
 * one that is made on first use.
 */
export class Kernels {
  #loaded: Loaded | undefined;
  /** What computes here. */
  readonly backend: Backend;
  /** Why not a faster backend, or fewer threads than asked for; `undefined` if nothing is amiss. */
  readonly reason: string | undefined;
  /** Where `alloc` puts its arrays; a stand-in for a WebAssembly.Memory where the host has none. */
  readonly memory: WebAssembly.Memory;

  /** @internal */
  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.backend = loaded.backend;
    this.reason = loaded.reason;
    this.memory = loaded.arena.memory as WebAssembly.Memory;
  }

  /** How many threads work, the calling one included: fewer than at first if one has died, 1 after `close`. */
  get threads(): number {
    return this.#loaded?.team?.threads ?? 1;
  }

  #host(op: string): Host {
    if (this.#loaded === undefined) throw new TypeError(`${op}: these kernels are closed`);
    return this.#loaded;
  }

  /**
   * A view inside the kernels' memory, which every operation uses in place, without copies. Its contents are
   * whatever was there.
   *
   * Memory that is not shared (a page that is not cross-origin isolated) detaches its views when it grows: there,
   * allocate everything before filling anything. An operation never makes the memory grow.
   * @throws RangeError if `length` is no count, or more than `maxBytes` allows
   */
  alloc(length: number, type?: 'f32'): Float32Array;
  alloc(length: number, type: 'i32'): Int32Array;
  alloc(length: number, type: 'f32' | 'i32' = 'f32'): Float32Array | Int32Array {
    const { arena } = this.#host('alloc');
    if (typeof length !== 'number') throw typeError('alloc', 'length', 'a number', length);
    if (!Number.isInteger(length) || length < 0)
      throw rangeError('alloc', 'length', 'an integer of at least 0', length);
    if (type !== 'f32' && type !== 'i32') throw typeError('alloc', 'type', "'f32' or 'i32'", type);
    return arena.alloc(length, type);
  }

  /**
   * Takes back a view that `alloc` made.
   * @throws RangeError if it is none, or was freed before
   */
  free(view: Float32Array | Int32Array): void {
    const { arena } = this.#host('free');
    if (!ArrayBuffer.isView(view)) throw typeError('free', 'view', 'a view from alloc', view);
    if (!arena.free(view)) throw rangeError('free', 'view', 'a view from alloc, not yet freed', view);
  }

  /** Ends the workers and lets go of the memory; every further call throws. Closing twice is fine. */
  close(): void {
    this.#loaded?.team?.close();
    this.#loaded = undefined;
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** See {@link softmax}. */
  softmax(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
    return sm.softmax(this.#host('softmax'), x, options);
  }

  /** See {@link logSoftmax}. */
  logSoftmax(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
    return sm.logSoftmax(this.#host('logSoftmax'), x, options);
  }

  /** See {@link logSumExp}. */
  logSumExp(x: Float32Array | readonly number[], options?: MaskedRowsOptions): Float32Array {
    return sm.logSumExp(this.#host('logSumExp'), x, options);
  }

  /** See {@link crossEntropy}. */
  crossEntropy(
    logits: Float32Array | readonly number[],
    target: Int32Array | Float32Array | readonly number[],
    options: CrossEntropyOptions & { reduction: 'none' },
  ): Float32Array;
  crossEntropy(
    logits: Float32Array | readonly number[],
    target: Int32Array | Float32Array | readonly number[],
    options?: CrossEntropyOptions & { reduction?: 'mean' | 'sum' },
  ): number;
  crossEntropy(
    logits: Float32Array | readonly number[],
    target: Int32Array | Float32Array | readonly number[],
    options?: CrossEntropyOptions,
  ): number | Float32Array {
    return ce.crossEntropy(this.#host('crossEntropy'), logits, target, options);
  }

  /** See {@link nllLoss}. */
  nllLoss(
    logProbs: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options: NllOptions & { reduction: 'none' },
  ): Float32Array;
  nllLoss(
    logProbs: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: NllOptions & { reduction?: 'mean' | 'sum' },
  ): number;
  nllLoss(
    logProbs: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: NllOptions,
  ): number | Float32Array {
    return nllLoss(this.#host('nllLoss'), logProbs, labels, options);
  }

  /** See {@link binaryCrossEntropy}. */
  binaryCrossEntropy(
    logits: Float32Array | readonly number[],
    target: Float32Array | readonly number[],
    options: BinaryCrossEntropyOptions & { reduction: 'none' },
  ): Float32Array;
  binaryCrossEntropy(
    logits: Float32Array | readonly number[],
    target: Float32Array | readonly number[],
    options?: BinaryCrossEntropyOptions & { reduction?: 'mean' | 'sum' },
  ): number;
  binaryCrossEntropy(
    logits: Float32Array | readonly number[],
    target: Float32Array | readonly number[],
    options?: BinaryCrossEntropyOptions,
  ): number | Float32Array {
    return binaryCrossEntropy(this.#host('binaryCrossEntropy'), logits, target, options);
  }

  /** See {@link sigmoid}. */
  sigmoid(x: Float32Array | readonly number[], options?: ElementOptions): Float32Array {
    return sigmoid(this.#host('sigmoid'), x, options);
  }

  /** See {@link logSigmoid}. */
  logSigmoid(x: Float32Array | readonly number[], options?: ElementOptions): Float32Array {
    return logSigmoid(this.#host('logSigmoid'), x, options);
  }

  /** See {@link softmaxGradient}. */
  softmaxGradient(
    p: Float32Array | readonly number[],
    dp: Float32Array | readonly number[],
    options?: RowsOptions,
  ): Float32Array {
    return softmaxGradient(this.#host('softmaxGradient'), p, dp, options);
  }

  /** See {@link logSoftmaxGradient}. */
  logSoftmaxGradient(
    logP: Float32Array | readonly number[],
    dLogP: Float32Array | readonly number[],
    options?: RowsOptions,
  ): Float32Array {
    return logSoftmaxGradient(this.#host('logSoftmaxGradient'), logP, dLogP, options);
  }

  /** See {@link sigmoidGradient}. */
  sigmoidGradient(
    p: Float32Array | readonly number[],
    dp: Float32Array | readonly number[],
    options?: ElementOptions,
  ): Float32Array {
    return sigmoidGradient(this.#host('sigmoidGradient'), p, dp, options);
  }

  /** See {@link tokenLogProbs}. */
  tokenLogProbs(
    logits: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: TokenLogProbsOptions,
  ): Float32Array {
    return tokenLogProbs(this.#host('tokenLogProbs'), logits, labels, options);
  }

  /** See {@link perplexity}. */
  perplexity(
    logits: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: PerplexityOptions,
  ): number {
    return perplexity(this.#host('perplexity'), logits, labels, options);
  }

  /** See {@link argmax}. */
  argmax(x: Float32Array | readonly number[], options?: ColsOptions): Int32Array {
    return select.argmax(this.#host('argmax'), x, options);
  }

  /** See {@link hardmax}. */
  hardmax(x: Float32Array | readonly number[], options?: HardmaxOptions): Float32Array {
    return select.hardmax(this.#host('hardmax'), x, options);
  }

  /** See {@link topK}. */
  topK(x: Float32Array | readonly number[], k: number, options?: ColsOptions): TopK {
    return select.topK(this.#host('topK'), x, k, options);
  }

  /** See {@link sample}. */
  sample(logits: Float32Array | readonly number[], options?: SampleOptions): Sample {
    return sample(this.#host('sample'), logits, options);
  }

  /** See {@link fitTemperature}. */
  fitTemperature(
    logits: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: FitTemperatureOptions,
  ): FittedTemperature {
    return fitTemperature(this.#host('fitTemperature'), logits, labels, options);
  }

  /** See {@link fitTemperatureBatches}. */
  async fitTemperatureBatches(
    batches: () => Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>,
    options?: FitTemperatureOptions,
  ): Promise<FittedTemperature> {
    return fitTemperatureBatches(this.#host('fitTemperatureBatches'), batches, options);
  }

  /** See {@link calibration}. */
  calibration(
    logits: Float32Array | readonly number[],
    labels: Int32Array | readonly number[],
    options?: CalibrationOptions,
  ): Calibration {
    return calibration(this.#host('calibration'), logits, labels, options);
  }

  /** See {@link rowStats}. */
  rowStats(x: Float32Array | readonly number[], options?: RowStatsOptions): RowStats {
    return rs.rowStats(this.#host('rowStats'), x, options);
  }

  /** See {@link mergeStats}. */
  mergeStats(a: RowStats, b: RowStats): RowStats {
    this.#host('mergeStats');
    return mergeStats(a, b);
  }

  /** See {@link softmaxFrom}. */
  softmaxFrom(x: Float32Array | readonly number[], stats: RowStats, options?: RowsOptions): Float32Array {
    return rs.softmaxFrom(this.#host('softmaxFrom'), x, stats, options);
  }
}
