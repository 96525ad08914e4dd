package dev.weir.flink.oracle;

import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/** Flink itself, in this process. */
public final class SmallFlink {
    private static final MemorySize SMALL = MemorySize.ofMebiBytes(32);

    private SmallFlink() {}

    /**
     * A cluster that has been started, to be closed by the caller.
     *
     * @param given what it is configured with; what it does not say of memory is small
     */
    public static MiniCluster started(Configuration given, int slots) throws Exception {
        Configuration configuration = new Configuration(given).set(RestOptions.BIND_PORT, "0");
        for (ConfigOption<MemorySize> size : List.of(
                TaskManagerOptions.MANAGED_MEMORY_SIZE,
                TaskManagerOptions.NETWORK_MEMORY_MIN,
                TaskManagerOptions.NETWORK_MEMORY_MAX)) {
            if (!configuration.contains(size)) {
                configuration.set(size, SMALL);
            }
        }
        MiniCluster flink = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        flink.start();
        return flink;
    }
}
