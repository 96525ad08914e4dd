package dev.weir.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import dev.weir.flink.specimen.RunsOnFlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * What Weir replaces of Flink's runtime is not used by what ships; in tests it is the oracle. Use is a call, a field
 * access or a subclass; a mere mention is not, as Flink's interfaces name such classes in methods that we implement.
 */
final class OwnRuntime {
    /** Names relative to {@code org.apache.flink}, with who does the work instead; a name ending in a dot is a package. */
    private static final Map<String, String> REPLACED = new TreeMap<>(Map.ofEntries(
            Map.entry("runtime.minicluster.", "a session runs jobs itself; one process needs no cluster in it"),
            Map.entry("runtime.dispatcher.", "a session takes jobs itself"),
            Map.entry("runtime.dispatcher.Dispatcher", "a session takes jobs itself"),
            Map.entry("runtime.resourcemanager.ResourceManager", "slots are the engine's"),
            Map.entry("runtime.blob.BlobServer", "user code is on disk already"),
            Map.entry("runtime.resourcemanager.", "slots are the engine's"),
            Map.entry("runtime.scheduler.SchedulerBase", "the engine starts all subtasks of a job itself"),
            Map.entry("runtime.rpc.", "calls inside one process need no actor system"),
            Map.entry("runtime.blob.", "user code is on disk already"),
            Map.entry("runtime.highavailability.", "recovery needs no outside coordination"),
            Map.entry("runtime.jobmaster.JobMaster", "the session and the engine's job run do its work"),
            Map.entry("runtime.taskexecutor.TaskExecutor", "the engine's task threads do its work"),
            Map.entry("runtime.taskmanager.Task", "the engine's task loop does its work"),
            Map.entry("runtime.checkpoint.CheckpointCoordinator", "the engine's coordinator is a pure state machine"),
            Map.entry("runtime.io.network.netty.", "between threads go objects, not bytes"),
            Map.entry("runtime.io.network.partition.consumer.SingleInputGate", "the engine's exchange does its work"),
            Map.entry("streaming.runtime.tasks.OperatorChain", "the host links operators itself"),
            Map.entry("streaming.runtime.tasks.RegularOperatorChain", "the host links operators itself"),
            Map.entry("streaming.runtime.tasks.FinishedOperatorChain", "the host links operators itself"),
            Map.entry("runtime.state.heap.HeapKeyedStateBackend", "keyed state is in the engine's store"),
            Map.entry("runtime.state.heap.HeapKeyedStateBackendBuilder", "keyed state is in the engine's store"),
            Map.entry("runtime.state.heap.CopyOnWriteStateTable", "keyed state is in the engine's store"),
            Map.entry("runtime.state.heap.HeapPriorityQueueSetFactory", "timers are in the engine's queues"),
            Map.entry("state.rocksdb.RocksDBKeyedStateBackend", "keyed state is in weir-rocksdb's store"),
            Map.entry("state.rocksdb.RocksDBKeyedStateBackendBuilder", "keyed state is in weir-rocksdb's store")));

    /** Where the types are that Flink's REST handlers speak of: the server answers them, and runs none of what they stand for. */
    private static final Set<String> SPOKEN_OF_IN_REST = Set.of(
            "runtime.dispatcher.",
            "runtime.resourcemanager.",
            "runtime.rpc.",
            "runtime.blob.",
            "runtime.io.network.netty.");

    private OwnRuntime() {}

    private static DescribedPredicate<JavaClass> replaced(String name) {
        String full = "org.apache.flink." + name;
        return full.endsWith(".")
                ? describe("reside in " + full + ".", type -> (type.getPackageName() + ".").startsWith(full))
                : describe(
                        "are " + full,
                        type -> type.getFullName().equals(full)
                                || type.getFullName().startsWith(full + "$"));
    }

    static List<Law> laws() {
        List<Law> laws = new ArrayList<>();
        REPLACED.forEach((name, reason) -> laws.add(new Law(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(SPOKEN_OF_IN_REST.contains(name) ? "dev.weir.server.." : "of.nobody")
                        .should()
                        .accessClassesThat(replaced(name))
                        .orShould()
                        .beAssignableTo(replaced(name))
                        .because(reason),
                specimensOf(name))));
        laws.add(Law.of(
                noClasses()
                        .should()
                        .callMethod(StreamTask.class, "invoke")
                        .orShould()
                        .callMethod(StreamTask.class, "restore")
                        .because("a hosted operator's StreamTask is a shell, never invoked"),
                RunsOnFlink.class));
        return laws;
    }

    /** Three entries have a specimen; the others are the same predicate with another name. */
    private static List<Class<?>> specimensOf(String name) {
        return List.of(
                                "runtime.minicluster.",
                                "runtime.state.heap.HeapKeyedStateBackend",
                                "streaming.runtime.tasks.OperatorChain")
                        .contains(name)
                ? List.of(RunsOnFlink.class)
                : List.of();
    }

    /** Every class named above is there in the Flink that we build against: a renamed one would make its law empty. */
    static List<String> replacedClasses() {
        return REPLACED.keySet().stream()
                .filter(name -> !name.endsWith("."))
                .map(name -> "org.apache.flink." + name)
                .toList();
    }
}
