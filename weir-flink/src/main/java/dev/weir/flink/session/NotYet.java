package dev.weir.flink.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;

/** What a job's configuration asks for and this version does not do, in words for the log: nothing is ignored in silence. */
final class NotYet {
    private static final Set<String> HEAP_BACKENDS =
            Set.of("hashmap", "org.apache.flink.runtime.state.hashmap.HashMapStateBackendFactory");
    private static final Set<String> NO_RESTART = Set.of("none", "off", "disable");

    private NotYet() {}

    static List<String> of(Configuration configuration) {
        List<String> lines = new ArrayList<>();
        if (CheckpointingOptions.isCheckpointingEnabled(configuration)) {
            lines.add(CheckpointingOptions.CHECKPOINTING_INTERVAL.key() + "="
                    + configuration
                            .get(CheckpointingOptions.CHECKPOINTING_INTERVAL)
                            .toMillis()
                    + " ms: checkpoints are not taken yet, a restart of the job begins at zero");
        }
        configuration.getOptional(RestartStrategyOptions.RESTART_STRATEGY).ifPresent(strategy -> {
            if (!NO_RESTART.contains(strategy)) {
                lines.add(RestartStrategyOptions.RESTART_STRATEGY.key() + "=" + strategy
                        + ": tasks are not restarted yet, the first failure fails the job");
            }
        });
        configuration.getOptional(StateBackendOptions.STATE_BACKEND).ifPresent(backend -> {
            if (!HEAP_BACKENDS.contains(backend)) {
                lines.add(StateBackendOptions.STATE_BACKEND.key() + "=" + backend
                        + ": mapped to hashmap, all state is kept on the heap");
            }
        });
        if (configuration.get(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG)) {
            lines.add(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG.key()
                    + "=true: there is no changelog without checkpoints, the option has no effect");
        }
        return lines;
    }
}
