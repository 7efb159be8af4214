/** Texts of the city's file, which has languages of its own. */

/** What is said in a language, or in the first one that there is. */
export function inLanguage<T>(said: Readonly<Record<string, T>>, language: string): T | undefined {
  return said[language] ?? Object.values(said)[0]
}
