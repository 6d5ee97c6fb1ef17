import cliProgress from 'cli-progress';

/** Is told how many more rows are done. */
export type Progress = (rows: number) => void;

/** A bar on the standard error. */
export interface ProgressBar {
  readonly advance: Progress;
  /** Takes the bar away; it may come back no more. */
  stop(): void;
}

const FORMAT = '{label} {bar} {percentage} % | {value} of {total} rows | {rate} Gelem/s | {left} left';

/** The bars there are: what else goes to the terminal takes them away first. */
const shown = new Set<ProgressBar>();

/** Shows how far the work on rows of `cols` columns is, where the standard error is a terminal. */
export function showProgress(
  label: string,
  { rows, cols, first = 0, quiet = false }: { rows: number; cols: number; first?: number; quiet?: boolean },
): ProgressBar {
  if (quiet || !process.stderr.isTTY || rows === 0) return { advance: () => {}, stop: () => {} };
  const bar = new cliProgress.SingleBar(
    { format: FORMAT, stream: process.stderr, fps: 5, hideCursor: true, clearOnComplete: true, barsize: 24 },
    cliProgress.Presets.shades_classic,
  );
  const begin = performance.now();
  let done = 0;
  const payload = (): { label: string; rate: string; left: string } => {
    const seconds = (performance.now() - begin) / 1000;
    const left = ((rows - first - done) / done) * seconds;
    const rate = (done * cols) / seconds / 1e9;
    return { label, rate: done > 0 ? rate.toFixed(3) : '–', left: done > 0 ? formatSeconds(left) : '–' };
  };
  bar.start(rows, first, payload());
  const self: ProgressBar = {
    advance(more) {
      done += more;
      bar.update(first + done, payload());
    },
    stop() {
      bar.stop();
      shown.delete(self);
    },
  };
  shown.add(self);
  return self;
}

/** Takes all bars away. */
export function stopProgress(): void {
  for (const bar of [...shown]) bar.stop();
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
