/** Numbers as people read them. */

/** Area codes of two digits: Jakarta, Bandung, Semarang, Surabaya, Medan. All others, and mobile networks, have three. */
const SHORT_AREAS = new Set(["21", "22", "24", "31", "61"])

/** Seconds as `0:07`, `12:03` or `1:02:03`; never negative. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const rest = two(whole % 60)
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** The clocks of server and browser are known to each other this well. */
const BLUR_S = 0.2

/** The whole seconds that are left, so that 0 is shown only when the time is over. */
export function remaining(until: number, now: number): number {
  return Math.max(0, Math.ceil(until - now - BLUR_S))
}

/** An Indonesian number in groups that can be read aloud, its area or network first; anything else as it is. */
export function telephone(number: string): string {
  const found = /^(\+62|0)([1-9]\d{6,})$/.exec(number)
  if (!found) return number
  const [, prefix = "", rest = ""] = found
  const area = SHORT_AREAS.has(rest.slice(0, 2)) ? 2 : 3
  const groups = rest.slice(area).match(/\d{1,4}(?=(?:\d{4})*$)/g) ?? []
  const grouped = [rest.slice(0, area), ...groups].join(" ")
  return prefix === "0" ? `0${grouped}` : `${prefix} ${grouped}`
}

/** Whether a network has sent nothing, or a word that says so. */
export function isWithheld(number: string): boolean {
  return /^(anonymous|unknown|restricted|unavailable|private|withheld)?$/i.test(number)
}

/** An instant as day and time of this machine: `26/11 10:05`. */
export function clockTime(at: number): string {
  const day = new Date(at * 1000)
  return `${two(day.getDate())}/${two(day.getMonth() + 1)} ${two(day.getHours())}:${two(day.getMinutes())}`
}

function two(value: number): string {
  return String(value).padStart(2, "0")
}
