/** Addresses as Indonesian operators type them, made up from what occurs in such, in any mixture. */

const STREETS = ["Jl.", "Jalan", "Jln", "Gg.", "Gang", "Komp.", "Perum", "Perempatan", "Pertigaan", "Simpang", "Lorong", "Dusun"]
const NAMES = [
  "Merdeka", "Jend. Sudirman", "K.H. Hasyim Asy'ari", "H.O.S. Cokroaminoto", "Ciledug Raya", "Kebon Jeruk",
  "M.H. Thamrin", "Imam Bonjol", "TMP Taruna", "Daan Mogot", "Cut Nyak Dhien", "Sultan Ageng Tirtayasa", "Pasar Anyar",
  "Bukit Tiban Indah", "Teuku Umar Barat", "Gatot Subroto", "XX/7", "Bandara Soekarno-Hatta",
]
const PLACES = [
  "RT 5", "RT 05/RW 11", "RW.03", "No. 12", "No 7B", "Blok E4/9", "Km 3,5", "Lt. 2", "blkg masjid Al-Ikhlas",
  "dpn SD 4", "samping Indomaret", "sblm rel KA", "(rumah cat hijau)", "seberang BRI", "dkt jembatan #2", "ruko B-16",
  "Kel. Sukasari", "Kec. Ciledug", "Kab. Tangerang", "15111", "& sekitarnya", "@ taman kota", "lampu merah!", "\n", "  ",
]

/** The same ones for the same seed, which is a whole number. */
export function* addresses(count: number, seed: number): Generator<string> {
  let state = seed
  const below = (most: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
  const any = (from: readonly string[]) => from[below(from.length)] ?? ""
  for (let i = 0; i < count; i++) {
    const parts = [any(STREETS), any(NAMES), ...Array.from({ length: below(6) }, () => any(PLACES))]
    const text = parts.join(below(3) ? " " : ", ")
    yield [text, text.toUpperCase(), text.toLowerCase()][below(3)] ?? text
  }
}
