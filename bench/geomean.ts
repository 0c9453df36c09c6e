/** The mean of ratios. */
export const geomean = (rows: readonly { readonly ratio: number }[]): number =>
  Math.exp(rows.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / rows.length);
