/** Line drawings, 24 by 24. Always beside a word, so they are hidden from screen readers. */

const PATHS = {
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7v5l3 2",
  warning: "M12 4L2.5 20h19zM12 10v5M12 17.5v.5",
  alarm: "M8 2.5h8l5.5 5.5v8L16 21.5H8L2.5 16V8zM12 7v6M12 16v.5",
  phone: "M5 3h4l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2",
  ring: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4M3 8a8 8 0 0 1 2-4M21 8a8 8 0 0 0-2-4",
  check: "M4 12.5l5 5L20 6.5",
  pause: "M8 5v14M16 5v14",
  exit: "M10 4H5v16h5M14 8l5 4-5 4M19 12H9",
  pen: "M4 20l1-5L16 4l4 4L9 19z",
  mute: "M9 9V6a3 3 0 0 1 6 0v5M6 11a6 6 0 0 0 10 4M12 18v3M4 4l16 16",
  away: "M4 4l16 16M9 5l2 3-1.5 1M15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 6 12",
  gear: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.5v5M8 14.5v5",
  people: "M9 11a4 4 0 1 0 0-8a4 4 0 0 0 0 8M2 21a7 7 0 0 1 14 0M16 3.5a4 4 0 0 1 0 7M18 14.5a7 7 0 0 1 4 6.5",
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
