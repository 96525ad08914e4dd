package dev.weir.bench.input;

/** Lines of words. */
public final class Lines {
    private static final int LINES = 1 << 12;
    private static final int WORDS = 20_000;
    private static final int WORDS_PER_LINE = 8;
    private static final String[] POOL = pool();

    private Lines() {}

    /** The line at a position. */
    public static String at(long i) {
        return POOL[(int) (Hash.mix(i) & LINES - 1)];
    }

    private static String[] pool() {
        String[] pool = new String[LINES];
        for (int line = 0; line < LINES; line++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < WORDS_PER_LINE; word++) {
                text.append(word == 0 ? "" : " ").append(word(Hash.mix(line * WORDS_PER_LINE + word)));
            }
            pool[line] = text.toString();
        }
        return pool;
    }

    /** Three to ten letters, the same for the same of the 20,000. */
    private static String word(long random) {
        long letters = Hash.mix(Hash.below(WORDS, random));
        int length = 3 + (int) (letters & 7);
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters = Hash.mix(letters);
            word.append((char) ('a' + Hash.below(26, letters)));
        }
        return word.toString();
    }
}
