export type Choices = Readonly<Record<string, string>>;
