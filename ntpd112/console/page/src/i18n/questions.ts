/** What to ask, by the kind of emergency; in the order in which it matters. */

import { computed } from "@preact/signals"
import { language } from "../store/settings.ts"

type Kind = "any" | "fire" | "crime" | "accident" | "ambulance" | "medical"

const id: Readonly<Record<Kind, readonly string[]>> = {
  any: ["Di mana lokasinya? Ada titik kenal apa di dekatnya?", "Apa yang terjadi?", "Ada yang terluka atau terancam?", "Dari nomor berapa bisa dihubungi kembali?"],
  fire: ["Di mana? Titik kenal terdekat?", "Apa yang terbakar: rumah, toko, pabrik, kendaraan?", "Ada orang terjebak? Berapa?", "Lantai berapa? Jalan masuk bisa dilewati mobil pemadam?", "Ada gas, bahan kimia, atau kabel listrik?"],
  crime: ["Di mana? Anda aman sekarang?", "Masih berlangsung? Pelakunya masih di sana?", "Berapa pelaku? Bersenjata?", "Ciri-ciri, kendaraan, arah lari?", "Ada yang terluka?"],
  accident: ["Di mana? Jalan apa, arah ke mana?", "Kendaraan apa saja, berapa?", "Berapa yang terluka? Ada yang terjepit?", "Ada api, asap, atau bahan bakar tumpah?", "Jalan tertutup?"],
  ambulance: ["Di mana menjemput? Titik kenal terdekat?", "Siapa yang sakit, umur berapa?", "Sadar? Bernapas?", "Apa keluhannya, sejak kapan?", "Bisa berjalan, atau perlu tandu?"],
  medical: ["Di mana? Titik kenal terdekat?", "Sadar? Bernapas normal?", "Ada perdarahan hebat, nyeri dada, kejang, melahirkan?", "Umur, penyakit, obat yang diminum?", "Ada yang bisa menunggu di depan?"],
}

const en: Readonly<Record<Kind, readonly string[]>> = {
  any: ["Where is it? Which landmark is near?", "What has happened?", "Is anybody hurt or in danger?", "At which number can you be called back?"],
  fire: ["Where? The nearest landmark?", "What burns: a house, a shop, a factory, a vehicle?", "Is anybody trapped? How many?", "Which floor? Can a fire engine get through?", "Any gas, chemicals, power lines?"],
  crime: ["Where? Are you safe now?", "Is it going on? Are they still there?", "How many? Armed?", "Looks, vehicle, which way did they go?", "Is anybody hurt?"],
  accident: ["Where? Which road, which direction?", "Which vehicles, how many?", "How many are hurt? Is anybody trapped?", "Fire, smoke, spilt fuel?", "Is the road blocked?"],
  ambulance: ["Where to? The nearest landmark?", "Who is ill, how old?", "Awake? Breathing?", "What is wrong, since when?", "Can they walk, or is a stretcher needed?"],
  medical: ["Where? The nearest landmark?", "Awake? Breathing normally?", "Heavy bleeding, chest pain, a fit, giving birth?", "Age, illnesses, medicines?", "Can somebody wait in front?"],
}

export const questions = computed(() => (language.value === "id" ? id : en))

export function kindOf(type: string | null | undefined): Kind {
  return type && type in id ? (type as Kind) : "any"
}
