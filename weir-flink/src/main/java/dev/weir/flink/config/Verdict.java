package dev.weir.flink.config;

/**
 * What a key, or a family of keys, means on Weir.
 *
 * @param pattern the key; a star stands for anything
 * @param reason empty where the kind says all
 */
public record Verdict(Kind kind, String pattern, String reason) {
    /** Whether a key has an effect. */
    public enum Kind {
        /** As on Flink. */
        HONOURED("honoured"),
        /** Another effect than on Flink, nearest to it. */
        MAPPED("mapped"),
        /** None as yet. */
        NOT_YET("not yet"),
        /** None, as what it is about does not exist. */
        NOT_APPLICABLE("not applicable");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /** For people. */
        public String text() {
            return text;
        }

        static Kind of(String word) {
            for (Kind kind : values()) {
                if (kind.text.replace(' ', '-').equals(word)) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("no kind of verdict: " + word);
        }
    }

    boolean fits(String key) {
        int star = pattern.indexOf('*');
        return star < 0
                ? pattern.equals(key)
                : key.length() >= pattern.length() - 1
                        && key.startsWith(pattern.substring(0, star))
                        && key.endsWith(pattern.substring(star + 1));
    }
}
