export { createClient, type Call, type Client, type ClientOptions, type ListId, type Progress } from "./client.ts";
export { followEvents, type EventOptions, type JournalEvent } from "./events.ts";
export { progressText } from "./progress.ts";
export { ApiError } from "./problem.ts";
export { outcomeNow } from "./outcome.ts";
