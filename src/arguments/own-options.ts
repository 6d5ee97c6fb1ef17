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
  for (let at: object | null = options; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name in own) continue;
      // What does not show in them, such as a method of a class, is not taken for one that nobody knows.
      Object.defineProperty(own, name, { value: (options as Record<string, unknown>)[name], enumerable });
    }
  }
  return own as Options;
}
