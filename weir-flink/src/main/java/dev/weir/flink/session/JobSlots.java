package dev.weir.flink.session;

import dev.weir.engine.slot.SlotSharer;
import dev.weir.engine.slot.SlotTable;
import dev.weir.engine.storage.AtomicFile;
import dev.weir.engine.storage.Disk;
import dev.weir.flink.plan.JobTranslation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots of a job's subtasks, the same for all attempts, and for the next process where there is a place to record them.
 * Immutable.
 *
 * <p>The subtasks of one index in one slot-sharing group share a slot. A group is named by the smallest id of its vertices,
 * since its own is another in each process.
 */
final class JobSlots {
    private static final Logger LOG = LoggerFactory.getLogger(JobSlots.class);
    private static final String RECORD = "slots";

    private final Map<JobVertexID, String> groups;
    private final SlotTable table;

    private JobSlots(Map<JobVertexID, String> groups, SlotTable table) {
        this.groups = groups;
        this.table = table;
    }

    /**
     * Assigns the slots.
     *
     * @param directory of the job's state on this machine, where the slots of the process before are recorded; null: nowhere
     * @param usable whether a slot still has what it had
     * @throws NoResourceAvailableException where fewer slots are configured than a streaming job needs
     */
    static JobSlots of(
            JobGraph graph,
            JobTranslation translation,
            Configuration configuration,
            @Nullable Path directory,
            IntPredicate usable)
            throws NoResourceAvailableException {
        Map<JobVertexID, String> groups = groups(graph);
        Set<SlotSharer> sharers = sharers(groups, translation);
        OptionalInt configured = configured(configuration);
        int count = Math.max(sharers.size(), configured.orElse(0));
        if (configured.isPresent() && configured.getAsInt() < sharers.size() && needsAllAtOnce(graph, configuration)) {
            throw new NoResourceAvailableException("job '" + graph.getName() + "' needs slots=" + sharers.size()
                    + " > available=" + configured.getAsInt() + ", the sum of the largest parallelism of each of its "
                    + Set.copyOf(groups.values()).size() + " slot-sharing groups; set "
                    + TaskManagerOptions.NUM_TASK_SLOTS.key()
                    + " to that, or leave it unset to have as many as a job needs");
        }
        SlotTable before = directory == null ? SlotTable.EMPTY : read(directory);
        SlotTable table = before.next(sharers, count, usable);
        if (directory != null && !table.equals(before)) {
            write(directory, table);
        }
        return new JobSlots(groups, table);
    }

    /** How many slots a job needs: one for each subtask of the widest vertex of each slot-sharing group. */
    static int needed(JobGraph graph, JobTranslation translation) {
        return sharers(groups(graph), translation).size();
    }

    private static Set<SlotSharer> sharers(Map<JobVertexID, String> groups, JobTranslation translation) {
        Map<String, Integer> parallelism = new TreeMap<>();
        for (JobVertex vertex : translation.vertices()) {
            parallelism.merge(groups.getOrDefault(vertex.getID(), ""), translation.parallelism(vertex), Math::max);
        }
        Set<SlotSharer> sharers = new LinkedHashSet<>();
        parallelism.forEach((group, largest) -> {
            for (int index = 0; index < largest; index++) {
                sharers.add(new SlotSharer(group, index));
            }
        });
        return sharers;
    }

    private static Map<JobVertexID, String> groups(JobGraph graph) {
        Map<JobVertexID, String> groups = new HashMap<>();
        for (JobVertex vertex : graph.getVertices()) {
            groups.put(
                    vertex.getID(),
                    vertex.getSlotSharingGroup().getJobVertexIds().stream()
                            .map(JobVertexID::toHexString)
                            .min(String::compareTo)
                            .orElse(vertex.getID().toHexString()));
        }
        return groups;
    }

    private static OptionalInt configured(Configuration configuration) {
        Optional<Integer> perTaskManager = configuration.getOptional(TaskManagerOptions.NUM_TASK_SLOTS);
        return perTaskManager.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(
                        perTaskManager.get() * configuration.get(TaskManagerOptions.MINI_CLUSTER_NUM_TASK_MANAGERS));
    }

    /** A batch job would run region after region, and the adaptive scheduler fewer subtasks: fewer slots do. */
    private static boolean needsAllAtOnce(JobGraph graph, Configuration configuration) {
        return graph.getJobType() == JobType.STREAMING
                && configuration.get(JobManagerOptions.SCHEDULER) != JobManagerOptions.SchedulerType.Adaptive;
    }

    /** The slot of a subtask, whatever attempt. */
    int slot(JobVertexID vertex, int subtask) {
        Integer slot = table.slots().get(new SlotSharer(groups.getOrDefault(vertex, ""), subtask));
        if (slot == null) {
            throw new IllegalArgumentException("vertex " + vertex + " has no subtask=" + subtask);
        }
        return slot;
    }

    /** Those in use. */
    Collection<Integer> all() {
        return table.slots().values();
    }

    private static SlotTable read(Path directory) {
        Path file = directory.resolve(RECORD);
        try {
            SlotTable found = Files.exists(file) ? SlotTable.parse(Files.readString(file)) : SlotTable.EMPTY;
            if (found != null) {
                return found;
            }
            LOG.warn("{} is damaged: subtasks take slots as if for the first time", file);
        } catch (IOException e) {
            LOG.warn("{} cannot be read: subtasks take slots as if for the first time", file, e);
        }
        return SlotTable.EMPTY;
    }

    private static void write(Path directory, SlotTable table) {
        try {
            Files.createDirectories(directory);
            AtomicFile.replace(
                    Disk.local(), directory.resolve(RECORD), table.text().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.warn("the slots are not recorded in {}: the next process may not find local copies", directory, e);
        }
    }
}
