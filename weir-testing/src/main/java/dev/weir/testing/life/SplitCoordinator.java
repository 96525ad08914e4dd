package dev.weir.testing.life;

import dev.weir.testing.simulation.VirtualTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands out a source's splits, when it likes, on a thread of its own; remembers since which checkpoint each is handed out,
 * as Flink's coordinator of sources does, and takes back what a subtask has lost.
 */
final class SplitCoordinator {
    private final VirtualTime time;
    private final Random random;
    private final Lane own;
    private final List<Split> unassigned;
    private final Map<Integer, Consumer<SplitEvent>> gateways = new TreeMap<>();
    private final Map<Integer, Boolean> asking = new TreeMap<>();
    private final TreeMap<Long, Map<Integer, List<Split>>> assignedBefore = new TreeMap<>();
    private Map<Integer, List<Split>> assigned = new TreeMap<>();
    private boolean closed;

    SplitCoordinator(VirtualTime time, Random random, Collection<Split> unassigned) {
        this.time = time;
        this.random = random;
        this.own = new Lane(time, random, 20_000);
        this.unassigned = new ArrayList<>(unassigned);
    }

    private void execute(Runnable action) {
        own.execute(() -> {
            if (!closed) {
                action.run();
            }
        });
    }

    void close() {
        closed = true;
    }

    void ready(int subtask, Consumer<SplitEvent> gateway) {
        execute(() -> gateways.put(subtask, gateway));
    }

    void failed(int subtask) {
        execute(() -> {
            gateways.remove(subtask);
            asking.remove(subtask);
        });
    }

    void ask(int subtask) {
        execute(() -> {
            asking.put(subtask, true);
            answerLater(subtask);
        });
    }

    private void answerLater(int subtask) {
        time.schedule(random.nextInt(300_000), () -> execute(() -> answer(subtask)));
    }

    private void answer(int subtask) {
        Consumer<SplitEvent> gateway = gateways.get(subtask);
        if (gateway == null || asking.remove(subtask) == null) {
            return;
        }
        if (unassigned.isEmpty()) {
            gateway.accept(new SplitEvent.NoMore());
            return;
        }
        List<Split> some = new ArrayList<>();
        for (int left = 1 + random.nextInt(2); left > 0 && !unassigned.isEmpty(); left--) {
            some.add(unassigned.remove(random.nextInt(unassigned.size())));
        }
        assigned.computeIfAbsent(subtask, each -> new ArrayList<>()).addAll(some);
        gateway.accept(new SplitEvent.Assigned(List.copyOf(some)));
    }

    void checkpoint(long id, Consumer<List<Split>> taken) {
        execute(() -> {
            assignedBefore.put(id, assigned);
            assigned = new TreeMap<>();
            taken.accept(List.copyOf(unassigned));
        });
    }

    void completed(long id) {
        execute(() -> assignedBefore.headMap(id, true).clear());
    }

    /** A subtask goes back to a checkpoint: what it was given since is to be given again. */
    void reset(int subtask, long checkpointId) {
        execute(() -> {
            assignedBefore.tailMap(checkpointId, false).values().forEach(since -> takeBack(since.remove(subtask)));
            takeBack(assigned.remove(subtask));
        });
    }

    private void takeBack(@Nullable List<Split> splits) {
        if (splits != null) {
            unassigned.addAll(splits);
        }
    }
}
