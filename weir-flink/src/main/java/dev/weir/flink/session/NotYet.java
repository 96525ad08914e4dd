package dev.weir.flink.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;

/** What a job's configuration asks for and this version does not do, in words for the log: nothing is ignored in silence. */
final class NotYet {
    private static final Set<String> FORST = Set.of("forst", "org.apache.flink.state.forst.ForStStateBackendFactory");

    /** Options that mean something only where they differ from what Weir does anyway, with what it does. */
    private static final Map<String, String> OTHERS = new TreeMap<>(Map.ofEntries(
            Map.entry("high-availability.type", "there is one process, nothing takes over from it yet"),
            Map.entry("jobmanager.archive.fs.dir", "ended jobs are not archived"),
            Map.entry("queryable-state.enable", "no state can be queried"),
            Map.entry("taskmanager.jvm-exit-on-oom", "weir run always ends the process then, embedded Weir never does"),
            Map.entry("execution.batch.speculative.enabled", "slow tasks are not run twice"),
            Map.entry("external-resources", "functions are told of no external resources")));

    private static final Set<String> OFF = Set.of("false", "none", "");

    private NotYet() {}

    static List<String> of(Configuration configuration) {
        List<String> lines = new ArrayList<>();
        configuration.getOptional(StateBackendOptions.STATE_BACKEND).ifPresent(backend -> {
            if (FORST.contains(backend)) {
                lines.add(StateBackendOptions.STATE_BACKEND.key() + "=" + backend
                        + ": mapped to rocksdb, options of ForSt have no effect");
            }
        });
        if (configuration.get(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG)) {
            lines.add(StateChangelogOptions.ENABLE_STATE_CHANGE_LOG.key()
                    + "=true: checkpoints are of the whole state, the option has no effect");
        }
        OTHERS.forEach((key, effect) -> {
            String value = configuration.toMap().getOrDefault(key, "");
            if (!OFF.contains(value.toLowerCase(Locale.ROOT))) {
                lines.add(key + "=" + value + ": " + effect);
            }
        });
        return lines;
    }
}
