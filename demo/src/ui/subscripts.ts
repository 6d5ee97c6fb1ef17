/** z₁, z₂, … */
export function indexed(name: string, index: number): string {
  return `${name}${String(index + 1).replace(/\d/g, (d) => '₀₁₂₃₄₅₆₇₈₉'[Number(d)])}`;
}
