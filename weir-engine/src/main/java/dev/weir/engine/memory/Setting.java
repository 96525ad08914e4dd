package dev.weir.engine.memory;

/**
 * A size as it is configured.
 *
 * @param key the name that the user can set it by
 * @param bytes at least 0; without meaning where it is unset
 */
public record Setting(String key, long bytes, Presence presence) {
    /** Who says so. */
    public enum Presence {
        GIVEN,
        DEFAULT,
        /** Weir, where nothing says how large the process is. */
        PROFILE,
        UNSET;

        /** To stand behind a key in a message. */
        String suffix() {
            return switch (this) {
                case DEFAULT -> " (default)";
                case PROFILE -> " (Weir's profile)";
                case GIVEN, UNSET -> "";
            };
        }
    }

    public static Setting given(String key, long bytes) {
        return new Setting(key, bytes, Presence.GIVEN);
    }

    public static Setting byDefault(String key, long bytes) {
        return new Setting(key, bytes, Presence.DEFAULT);
    }

    /** Keeps what the user has set, and is {@code bytes} otherwise. */
    Setting orProfile(long bytes) {
        return isGiven() ? this : new Setting(key, bytes, Presence.PROFILE);
    }

    public static Setting unset(String key) {
        return new Setting(key, 0, Presence.UNSET);
    }

    public boolean isGiven() {
        return presence == Presence.GIVEN;
    }

    Sized sized() {
        return new Sized(
                bytes,
                switch (presence) {
                    case GIVEN -> new Origin.Given(key);
                    case PROFILE -> new Origin.Chosen("Weir's profile, " + key + " overrides it");
                    case DEFAULT, UNSET -> new Origin.Default(key);
                });
    }

    Setting with(Change change) {
        return change instanceof Change.Size size && size.key().equals(key) ? given(key, size.bytes()) : this;
    }

    /** As it would be written, for a message. */
    String text() {
        return key + "=" + Bytes.text(bytes) + presence.suffix();
    }
}
