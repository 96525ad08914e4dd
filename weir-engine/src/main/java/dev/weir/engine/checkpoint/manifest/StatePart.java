package dev.weir.engine.checkpoint.manifest;

import java.util.List;

/**
 * Some state of a subtask: its bytes, and what is at which offset of them.
 *
 * @param kind what it is
 * @param location where the bytes are
 * @param index of the class that fits the kind
 */
public record StatePart(StateKind kind, Location location, Index index) {

    /** What is at which offset, counted from the first byte of the {@link Location}. */
    public sealed interface Index {}

    /**
     * Keyed state: an offset for each key group in a row.
     *
     * @param id by which a local copy is known to be one of this state
     * @param canonical whether it is in Flink's canonical format of savepoints
     * @param first the first key group
     * @param offsets one for each key group, negative where there is nothing
     */
    public record KeyGroups(String id, boolean canonical, int first, long[] offsets) implements Index {}

    /**
     * Keyed state in a database. The {@link Location} of the part has the types of key and states.
     *
     * @param id by which a local copy is known to be one of this state
     * @param database the database that the files are of
     * @param checkpoint for which they were put together
     * @param first the first key group
     * @param count how many there are
     * @param writtenBytes how many bytes were written for that checkpoint, of all that the files have
     * @param files all that it takes to open the database
     */
    public record Database(
            String id, Id database, long checkpoint, int first, int count, long writtenBytes, List<DatabaseFile> files)
            implements Index {
        /** Copies its list. */
        public Database {
            files = List.copyOf(files);
        }
    }

    /**
     * A file of a database.
     *
     * @param name in the database's directory
     * @param immutable whether the database never changes a file of this name, so that later checkpoints may refer to it
     * @param location where its bytes are
     */
    public record DatabaseFile(String name, boolean immutable, Location location) {}

    /** Operator state: the offsets of the elements of each list. */
    public record NamedLists(List<NamedList> lists) implements Index {
        /** Copies its list. */
        public NamedLists {
            lists = List.copyOf(lists);
        }
    }

    /** The elements of one list of operator state, and who gets them at a restore. */
    public record NamedList(String name, Distribution distribution, long[] offsets) {}

    /** Who gets the elements of a list at a restore. The order is part of the format. */
    public enum Distribution {
        /** Each element goes to one subtask. */
        SPLIT,
        /** All elements go to each subtask. */
        UNION,
        /** Each subtask had the same elements and gets them again. */
        BROADCAST
    }

    /**
     * Records that were in flight.
     *
     * @param subtask whose channel it was
     * @param edge the gate of an input, the result of an output
     * @param channel the channel of the gate or result
     * @param size how many of the bytes belong to it
     * @param offsets where its pieces start
     */
    public record Channel(int subtask, int edge, int channel, long size, long[] offsets) implements Index {}
}
