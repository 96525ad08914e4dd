package dev.weir.flink.memory;

import dev.weir.engine.exchange.Debloating;
import dev.weir.engine.exchange.NetworkMemory;
import dev.weir.engine.exchange.Spilling;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.job.NetworkDemand;
import dev.weir.engine.job.NetworkDemand.EdgeDemand;
import dev.weir.engine.memory.JvmShares;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.JobException;
import org.apache.flink.runtime.throughput.BufferDebloatConfiguration;
import org.apache.flink.runtime.util.ConfigurationParserUtils;
import org.jspecify.annotations.Nullable;

/** A job's network memory, as Flink's options describe it, and the jobs that need more. */
public final class NetworkOptions {
    /** Whether segments are smaller for a job that needs more of them than there are. */
    public static final ConfigOption<Boolean> ELASTIC = ConfigOptions.key("weir.network.elastic")
            .booleanType()
            .noDefaultValue()
            .withDescription("Whether segments of network memory are smaller for a job that needs more of them than"
                    + " there are, rather than that the job is refused. Where it is not set: only where no key says how"
                    + " large network memory or the whole process is.");

    /** Flink had these two until 2.0, and has fixed them at the same since. */
    private static final ConfigOption<Integer> BUFFERS_PER_CHANNEL = ConfigOptions.key(
                    "taskmanager.network.memory.buffers-per-channel")
            .intType()
            .defaultValue(NetworkMemory.DEFAULT.channelSegments());

    private static final ConfigOption<Integer> FLOATING_BUFFERS = ConfigOptions.key(
                    "taskmanager.network.memory.floating-buffers-per-gate")
            .intType()
            .defaultValue(NetworkMemory.DEFAULT.floatingSegments());

    private static final int EDGES_NAMED = 3;

    private NetworkOptions() {}

    /**
     * The network memory of a job. Where no key says how large it is, that of Flink's local execution; a launched process has
     * set it, see {@link #derived}.
     *
     * @throws IllegalConfigurationException where Flink throws
     */
    public static NetworkMemory of(Configuration configuration) {
        boolean sized = configuration.contains(TaskManagerOptions.NETWORK_MEMORY_MIN)
                || configuration.contains(TaskManagerOptions.NETWORK_MEMORY_MAX);
        MemorySize size = configuration
                .getOptional(TaskManagerOptions.NETWORK_MEMORY_MIN)
                .or(() -> configuration.getOptional(TaskManagerOptions.NETWORK_MEMORY_MAX))
                .orElse(new MemorySize(NetworkMemory.DEFAULT.bytes()));
        ConfigOption<Integer> gateMax = NettyShuffleEnvironmentOptions.NETWORK_READ_MAX_REQUIRED_BUFFERS_PER_GATE;
        int gateSegmentsMax = configuration.getOptional(gateMax).orElse(Integer.MAX_VALUE);
        if (gateSegmentsMax < 1) {
            throw new IllegalConfigurationException(
                    gateMax.key() + "=" + gateSegmentsMax + " < 1; set it to 1 or more");
        }
        return new NetworkMemory(
                size.getBytes(),
                ConfigurationParserUtils.getPageSize(configuration),
                Math.max(1, configuration.get(BUFFERS_PER_CHANNEL)),
                Math.max(0, configuration.get(FLOATING_BUFFERS)),
                gateSegmentsMax,
                debloating(configuration),
                spilling(configuration),
                configuration.getOptional(ELASTIC).orElse(!sized));
    }

    private static Spilling spilling(Configuration configuration) {
        ConfigOption<Integer> segments = NettyShuffleEnvironmentOptions.NETWORK_SORT_SHUFFLE_MIN_BUFFERS;
        return new Spilling(
                Stream.of(ConfigurationUtils.parseTempDirectories(configuration))
                        .map(Path::of)
                        .toList(),
                Math.max(1, configuration.get(segments)));
    }

    private static @Nullable Debloating debloating(Configuration configuration) {
        if (!configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)) {
            return null;
        }
        // checks what Flink checks
        BufferDebloatConfiguration flinks = BufferDebloatConfiguration.fromConfiguration(configuration);
        return new Debloating(
                flinks.getTargetTotalTime().toMillis(),
                configuration.get(TaskManagerOptions.BUFFER_DEBLOAT_PERIOD).toMillis(),
                flinks.getNumberOfSamples(),
                flinks.getBufferDebloatThresholdPercentages(),
                flinks.getStartingBufferSize(),
                flinks.getMinBufferSize());
    }

    /**
     * Says what has been derived for this process, as Flink's launcher tells its task managers.
     *
     * @param given what it has been derived from
     */
    public static void derived(Configuration configuration, Configuration given, JvmShares shares) {
        boolean sized = !MemoryBudgets.isProfile(given)
                || given.contains(TaskManagerOptions.NETWORK_MEMORY_FRACTION)
                || given.contains(TaskManagerOptions.NETWORK_MEMORY_MIN)
                || given.contains(TaskManagerOptions.NETWORK_MEMORY_MAX);
        MemorySize size = new MemorySize(shares.taskManager().network().bytes());
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, size);
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, size);
        if (!configuration.contains(ELASTIC)) {
            configuration.set(ELASTIC, !sized);
        }
    }

    /**
     * Refuses a job for which there is too little.
     *
     * @throws JobException with what is needed, what there is, the edges that need most, and what would do
     */
    public static void check(Dataflow dataflow, NetworkMemory memory) throws JobException {
        NetworkDemand demand = NetworkDemand.of(dataflow, memory);
        if (memory.elastic() || demand.segments() <= memory.segments()) {
            return;
        }
        String enough = new MemorySize(demand.segments() * memory.segmentBytes()).toString();
        throw new JobException("Insufficient number of network buffers: job '" + dataflow.name() + "' needs required="
                + demand.segments() + " > available=" + memory.segments() + " segments of "
                + new MemorySize(memory.segmentBytes()) + "; of these need most "
                + demand.largest(EDGES_NAMED).stream().map(EdgeDemand::toString).collect(Collectors.joining(", "))
                + "; set " + TaskManagerOptions.NETWORK_MEMORY_MIN.key() + "=" + enough + " and "
                + TaskManagerOptions.NETWORK_MEMORY_MAX.key() + "=" + enough + ", or " + ELASTIC.key()
                + "=true, with which segments are smaller");
    }
}
