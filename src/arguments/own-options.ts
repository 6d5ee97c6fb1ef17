/** Options without what `Object.prototype` lends to every object, where somebody has put something there. */

/** The options themselves, as long as nobody has. */
export function ownOptions<Options extends object>(options: Options | undefined): Options | undefined {
  // Nanoseconds: there is nothing to enumerate.
  for (const _ in Object.prototype) return withoutLent(options);
  return options;
}

/** What the object has itself, or from a class or object of the caller's. */
function withoutLent<Options extends object>(options: Options | undefined): Options | undefined {
  const own: Record<string, unknown> = Object.create(null);
  if (options === undefined) return own as Options;
  // Not options at all: refused by whoever takes them.
  if (typeof options !== 'object' || options === null) return options;
  const names = new Set<string>();
  for (let at: object | null = options; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  for (const name of names) own[name] = (options as Record<string, unknown>)[name];
  return own as Options;
}
