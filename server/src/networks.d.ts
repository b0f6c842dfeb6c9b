import { BlockList } from "node:net";
/** Addresses and networks such as `10.0.0.0/8`, to look addresses up in. */
export declare const networksOf: (networks: readonly string[]) => BlockList;
/** An IPv4 address in the clothes of IPv6 as what it is. */
export declare const plainAddress: (address: string) => string;
export declare const isIn: (list: BlockList, address: string) => boolean;
/** Whether a text is an address, or a network such as `10.0.0.0/8`. */
export declare const isNetwork: (text: string) => boolean;
