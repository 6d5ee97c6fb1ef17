export declare function smoke(importLibrary: () => Promise<unknown>): Promise<object>;
