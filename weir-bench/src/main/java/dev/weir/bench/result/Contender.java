package dev.weir.bench.result;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What runs a job. */
public enum Contender {
    /** Flink's MiniCluster. */
    FLINK,
    /** Weir, out of this clone. */
    WEIR,
    /** Weir, out of another clone, to compare with. */
    BASE,
    /** A loop without an engine. */
    LIMIT;

    /** As in files and options. */
    @JsonValue
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether it runs the Flink program, which can be told to reuse objects. */
    public boolean isEngine() {
        return this != LIMIT;
    }
}
