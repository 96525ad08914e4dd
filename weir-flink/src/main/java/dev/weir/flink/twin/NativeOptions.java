package dev.weir.flink.twin;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/** Options of the native twins. */
public final class NativeOptions {

    /** Whether operators that have a native twin run on it. */
    public static final ConfigOption<Boolean> NATIVE = ConfigOptions.key("weir.native")
            .booleanType()
            .defaultValue(true)
            .withDescription("Run operators that Weir knows natively. Results, state and savepoints are the same; "
                    + "false hosts Flink's own operators for all, to compare.");

    private NativeOptions() {}

    /** What a job asks for, or else its cluster. */
    public static boolean natively(ReadableConfig job, ReadableConfig cluster) {
        return job.getOptional(NATIVE).orElseGet(() -> cluster.get(NATIVE));
    }
}
