package dev.weir.flink.twin;

import dev.weir.flink.state.StoreNames;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.StateBackendOptions;
import org.jspecify.annotations.Nullable;

/** Options of the native twins. */
public final class NativeOptions {

    /** Whether operators that have a native twin run on it. */
    public static final ConfigOption<Boolean> NATIVE = ConfigOptions.key("weir.native")
            .booleanType()
            .defaultValue(true)
            .withDescription("Run operators that Weir knows natively. Results, state and savepoints are the same; "
                    + "false hosts Flink's own operators for all, to compare.");

    private NativeOptions() {}

    /**
     * What decides on twins in a job.
     *
     * @param natively whether operators that have a twin run on it
     * @param store the name of the state backend where it never has its tables on the heap, which some twins need; null where it may
     */
    public record Choice(boolean natively, @Nullable String store) {}

    /** What a job asks for, or else its cluster. */
    public static Choice of(ReadableConfig job, ReadableConfig cluster) {
        String store = job.getOptional(StateBackendOptions.STATE_BACKEND)
                .orElseGet(() -> cluster.get(StateBackendOptions.STATE_BACKEND));
        boolean onHeap = StoreNames.isHeap(store) || StoreNames.isTiered(store);
        return new Choice(job.getOptional(NATIVE).orElseGet(() -> cluster.get(NATIVE)), onHeap ? null : store);
    }
}
