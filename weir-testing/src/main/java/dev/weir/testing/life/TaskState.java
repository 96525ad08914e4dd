package dev.weir.testing.life;

import dev.weir.engine.state.KeyGroups;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a subtask goes on from.
 *
 * @param counts by key
 * @param inFlight what a barrier has overtaken on its way in
 */
record TaskState(
        List<Split> splits, Map<Integer, Long> counts, List<Transaction> transactions, List<Overtaken> inFlight) {

    /** A record, and the edge on which it was. */
    record Overtaken(int edge, Item item) {}

    static TaskState empty() {
        return new TaskState(new ArrayList<>(), new TreeMap<>(), new ArrayList<>(), new ArrayList<>());
    }

    byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Split.writeAll(splits, out);
        out.writeInt(counts.size());
        for (Map.Entry<Integer, Long> count : counts.entrySet()) {
            out.writeInt(count.getKey());
            out.writeLong(count.getValue());
        }
        out.writeInt(transactions.size());
        for (Transaction transaction : transactions) {
            out.writeUTF(transaction.id());
            out.writeLong(transaction.checkpointId());
            out.writeInt(transaction.items().size());
            for (Item item : transaction.items()) {
                item.write(out);
            }
        }
        out.writeInt(inFlight.size());
        for (Overtaken overtaken : inFlight) {
            out.writeInt(overtaken.edge());
            overtaken.item().write(out);
        }
        return bytes.toByteArray();
    }

    static TaskState of(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        TaskState state = empty();
        state.splits.addAll(Split.readAll(in));
        for (int left = in.readInt(); left > 0; left--) {
            state.counts.put(in.readInt(), in.readLong());
        }
        for (int left = in.readInt(); left > 0; left--) {
            String id = in.readUTF();
            long checkpointId = in.readLong();
            List<Item> items = new ArrayList<>();
            for (int more = in.readInt(); more > 0; more--) {
                items.add(Item.read(in));
            }
            state.transactions.add(new Transaction(id, checkpointId, items));
        }
        for (int left = in.readInt(); left > 0; left--) {
            state.inFlight.add(new Overtaken(in.readInt(), Item.read(in)));
        }
        return state;
    }

    /** The state of a vertex, dealt out to the subtasks that it has now. */
    static List<TaskState> deal(List<TaskState> before, RandomJob job, int parallelism) {
        List<TaskState> after = new ArrayList<>();
        for (int index = 0; index < parallelism; index++) {
            after.add(empty());
        }
        int next = 0;
        for (TaskState state : before) {
            for (Split split : state.splits()) {
                after.get(next++ % parallelism).splits().add(split);
            }
            for (Transaction transaction : state.transactions()) {
                after.get(next++ % parallelism).transactions().add(transaction);
            }
            state.counts()
                    .forEach((key, count) ->
                            after.get(subtaskOf(key, job, parallelism)).counts().put(key, count));
            for (Overtaken overtaken : state.inFlight()) {
                boolean keyed = job.edges().get(overtaken.edge()).keyed();
                int subtask = keyed ? subtaskOf(overtaken.item().key(), job, parallelism) : next++ % parallelism;
                after.get(subtask).inFlight().add(overtaken);
            }
        }
        return after;
    }

    static int subtaskOf(int key, RandomJob job, int parallelism) {
        int keyGroup = KeyGroups.assign(Integer.hashCode(key), job.maxParallelism());
        return KeyGroups.subtaskOf(keyGroup, job.maxParallelism(), parallelism);
    }
}
