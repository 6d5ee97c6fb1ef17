/** Numbers as the page writes them. */

const NO_BREAK = '\u00a0';
const MINUS = '\u2212';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

const typeset = (text: string): string => text.replace('-', MINUS);

/** With so many decimals. */
export function fixed(value: number, digits = 2): string {
  return special(value) ?? typeset((Math.abs(value) < 0.5 / 10 ** digits ? 0 : value).toFixed(digits));
}

/** With so many significant digits: 7.39, 11.2, 1.95·10²⁰⁶. */
export function significant(value: number, digits = 3): string {
  const known = special(value);
  if (known !== undefined) return known;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e5) {
    const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    return typeset(value.toFixed(Math.min(places, 7)));
  }
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  return `${typeset(mantissa)}·10${superscript(Number(exponent))}`;
}

/** As short as it gets while saying it all. */
export function plain(value: number): string {
  return special(value) ?? typeset(String(value));
}

/** A share with so many decimals: 99.33 %. */
export function percent(share: number, digits = 2): string {
  return Number.isFinite(share) ? `${typeset((100 * share).toFixed(digits))}${NO_BREAK}%` : fixed(share);
}

/** A share in whole percent, which is never 0 or 100 unless it is exactly that. */
export function wholePercent(share: number): string {
  if (share > 0 && share < 0.005) return `<${NO_BREAK}1${NO_BREAK}%`;
  if (share < 1 && share > 0.995) return `>${NO_BREAK}99${NO_BREAK}%`;
  return percent(share, 0);
}

/** Whole numbers in groups of three. */
export function grouped(value: number): string {
  return value >= 10000 ? String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f') : String(value);
}

/** What somebody typed, as a number; `undefined` if it is none. */
export function parse(text: string): number | undefined {
  const clean = text
    .trim()
    .replace(/[\u2212–]/g, '-')
    .replace(',', '.')
    .replace(/[\s%]/g, '');
  const power = /^(.*)·10(-?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/.exec(clean);
  if (power) {
    const digits = [...power[2]].map((c) => (c === '⁻' ? '-' : SUPERSCRIPTS.indexOf(c))).join('');
    return parse(`${power[1]}e${digits}`);
  }
  const value = clean === '' ? Number.NaN : Number(clean);
  return Number.isFinite(value) ? value : undefined;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  return undefined;
}

function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (d) => SUPERSCRIPTS[Number(d)]);
  return exponent < 0 ? `⁻${digits}` : digits;
}
