const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** "just now", "5 min ago", "2 h ago", "3 d ago", then the date. Ahead: "in 5 min". Times in epoch milliseconds. */
export const relative = (at: number, now: number): string => {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return "just now";
  const words =
    size < 45 * minute
      ? `${Math.max(1, Math.round(size / minute))} min`
      : size < 22 * hour
        ? `${Math.max(1, Math.round(size / hour))} h`
        : size < 60 * day
          ? `${Math.max(1, Math.round(size / day))} d`
          : null;
  if (words === null) return new Date(at).toISOString().slice(0, 10);
  return seconds > 0 ? `${words} ago` : `in ${words}`;
};

/** "12 s", "3 min 05 s", "1 h 02 min". Seconds. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (figure: number): string => String(figure).padStart(2, "0");
  if (whole < minute) return `${whole} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} min ${two(whole % minute)} s`;
  return `${Math.floor(whole / hour)} h ${two(Math.floor((whole % hour) / minute))} min`;
};
