/** 0 or 1: both databases keep it as an integer. */
export type Flag = number;
/** JSON text. */
export type Json = string;
/** Milliseconds since the epoch. */
export type Time = number;
