package dev.weir.flink.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.embed.WeirJobClient;
import dev.weir.flink.oracle.SmallFlink;
import dev.weir.flink.session.WeirSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.memory.ManagedMemoryUseCase;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.memory.MemoryAllocationException;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ManagedMemoryTest {
    private static final int PARALLELISM = 2;
    private static final TreeSet<String> SEEN = new TreeSet<>();
    private final ClassLoader loader = getClass().getClassLoader();

    @BeforeEach
    void clear() {
        SEEN.clear();
    }

    private static synchronized void see(String line) {
        SEEN.add(line);
    }

    /** Writes down what it gets, for each use. */
    private static class Asks extends AbstractStreamOperator<Long> implements OneInputStreamOperator<Long, Long> {
        private final String name;

        Asks(String name) {
            this.name = name;
        }

        @Override
        public void open() throws Exception {
            MemoryManager memory = memory();
            for (ManagedMemoryUseCase use : ManagedMemoryUseCase.values()) {
                double fraction = getOperatorConfig()
                        .getManagedMemoryFractionOperatorUseCaseOfSlot(
                                use,
                                getContainingTask().getEnvironment().getJobConfiguration(),
                                getContainingTask()
                                        .getEnvironment()
                                        .getTaskManagerInfo()
                                        .getConfiguration(),
                                getUserCodeClassloader());
                see(name + " " + use + " " + fraction + " " + memory.getMemorySize() + " " + memory.getPageSize() + " "
                        + (fraction > 0 ? memory.computeMemorySize(fraction) : 0));
            }
        }

        final MemoryManager memory() {
            return getContainingTask().getEnvironment().getMemoryManager();
        }

        @Override
        public void processElement(StreamRecord<Long> record) {
            output.collect(record);
        }
    }

    /** Takes all that its slot has; held until the end, so that slots meet. */
    private static final class TakesAll extends Asks {
        private static final Map<MemoryManager, Integer> TAKEN = new ConcurrentHashMap<>();
        private transient List<MemorySegment> pages;

        TakesAll() {
            super("takes all");
        }

        @Override
        public void open() throws Exception {
            MemoryManager memory = memory();
            pages = memory.allocatePages(this, memory.computeNumberOfPages(1.0));
            TAKEN.put(memory, pages.size());
            try {
                memory.allocatePages(this, 1);
                see("more than its own");
            } catch (MemoryAllocationException e) {
                see("refused");
            }
        }

        @Override
        public void close() throws Exception {
            memory().release(pages);
            super.close();
        }
    }

    private static StreamExecutionEnvironment random(long seed) {
        Random random = new Random(seed);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(PARALLELISM);
        env.setRuntimeMode(random.nextBoolean() ? RuntimeExecutionMode.BATCH : RuntimeExecutionMode.STREAMING);
        DataStream<Long> stream = env.fromSequence(1, 10);
        int operators = 1 + random.nextInt(4);
        for (int i = 0; i < operators; i++) {
            String name = "operator " + i;
            // in batch mode a keyed input is sorted, and Flink has declared the operator's use for that
            boolean keyed = random.nextBoolean();
            var asks = keyed
                    ? stream.keyBy(number -> number % 3).transform(name, Types.LONG, new Asks(name))
                    : stream.rebalance().transform(name, Types.LONG, new Asks(name));
            if (random.nextInt(3) > 0 && !keyed) {
                asks.getTransformation()
                        .declareManagedMemoryUseCaseAtOperatorScope(
                                ManagedMemoryUseCase.OPERATOR, 1 + random.nextInt(100));
            }
            if (random.nextInt(3) == 0) {
                asks.getTransformation().declareManagedMemoryUseCaseAtSlotScope(ManagedMemoryUseCase.PYTHON);
            }
            stream = asks;
        }
        stream.sinkTo(new DiscardingSink<>());
        return env;
    }

    private static Configuration configuration(long seed) {
        Random random = new Random(seed);
        Configuration configuration = new Configuration();
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(32 + random.nextInt(64)));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
        configuration.set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, new MemorySize(8192L << random.nextInt(4)));
        configuration.set(
                TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS,
                Map.of(
                        "OPERATOR", Integer.toString(1 + random.nextInt(100)),
                        "STATE_BACKEND", Integer.toString(random.nextInt(100)),
                        "PYTHON", Integer.toString(random.nextInt(100))));
        return configuration;
    }

    @Test
    void operatorsGetWhatFlinkGivesThem() throws Exception {
        for (long seed = 1; seed <= 4; seed++) {
            Configuration configuration = configuration(seed);
            try (MiniCluster flink = SmallFlink.started(configuration, PARALLELISM);
                    WeirSession weir = new WeirSession(configuration)) {
                for (long job = 0; job < 5; job++) {
                    long jobSeed = seed * 100 + job;
                    clear();
                    flink.executeJobBlocking(graph(jobSeed));
                    List<String> expected = new ArrayList<>(SEEN);
                    clear();
                    run(weir, graph(jobSeed));
                    assertThat(SEEN).as("seed %d", jobSeed).containsExactlyElementsOf(expected);
                    assertThat(expected).isNotEmpty();
                }
            }
        }
    }

    /** All in one slot-sharing group, so that slots are as many as in Flink in batch mode too. */
    private static JobGraph graph(long seed) {
        StreamGraph graph = random(seed).getStreamGraph();
        graph.setAllVerticesInSameSlotSharingGroupByDefault(true);
        return graph.getJobGraph();
    }

    private void run(WeirSession weir, JobGraph graph) throws Exception {
        new WeirJobClient(weir.submit(graph, loader), loader)
                .getJobExecutionResult()
                .get();
    }

    @Test
    void aSlotNeverTakesAnothers() throws Exception {
        TakesAll.TAKEN.clear();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(3);
        env.fromSequence(1, 10)
                .transform("takes all", Types.LONG, new TakesAll())
                .sinkTo(new DiscardingSink<>());
        env.fromSequence(1, 10)
                .slotSharingGroup("other")
                .transform("takes all too", Types.LONG, new TakesAll())
                .slotSharingGroup("other")
                .setParallelism(1)
                .sinkTo(new DiscardingSink<>())
                .slotSharingGroup("other");
        Configuration configuration = new Configuration();
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(60));
        try (WeirSession weir = new WeirSession(configuration)) {
            run(weir, env.getStreamGraph().getJobGraph());
        }

        assertThat(SEEN).containsExactly("refused");
        assertThat(TakesAll.TAKEN).hasSize(4);
        // three slots of the one group, three of the other, whose source is as wide
        assertThat(TakesAll.TAKEN.values()).containsOnly((10 << 20) / MemoryManager.DEFAULT_PAGE_SIZE);
    }

    @Test
    void oneWeightOfOldCountsForStateAndOperators() {
        Configuration configuration = new Configuration();
        configuration.setString("taskmanager.memory.managed.consumer-weights", "DATAPROC:60,PYTHON:40");

        assertThat(ManagedMemory.withWeights(configuration).get(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS))
                .isEqualTo(Map.of("OPERATOR", "60", "STATE_BACKEND", "60", "PYTHON", "40"));
        configuration.setString("taskmanager.memory.managed.consumer-weights", "OPERATOR:10,DATAPROC:60");
        assertThat(ManagedMemory.withWeights(configuration).get(TaskManagerOptions.MANAGED_MEMORY_CONSUMER_WEIGHTS))
                .isEqualTo(Map.of("OPERATOR", "10", "STATE_BACKEND", "60"));
    }

    @Test
    void moreSlotsThanTheJobNeedsMakeEachSmaller() {
        Configuration configuration = new Configuration();
        assertThat(ManagedMemory.slotBytes(configuration, 4)).isEqualTo(32 << 20);
        configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, 8);
        assertThat(ManagedMemory.slotBytes(configuration, 4)).isEqualTo(16 << 20);
        assertThat(ManagedMemory.slotBytes(configuration, 1000)).isEqualTo(1 << 20);
    }
}
