package dev.weir.testing.life;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A record, with where it comes from and which way it came. Whoever has it spends it, as an operator may that changes what it
 * was given: nobody may look at it after that.
 */
final class Item {

    /**
     * What an operator with keyed state wrote on a record: the so manieth of its key.
     *
     * @param depth how many edges the record had come by then
     */
    record Stamp(int vertex, int depth, int key, long count) {}

    private final String split;
    private final int number;
    private final int key;
    private final List<Integer> path;
    private final List<Stamp> stamps;
    private boolean spent;

    Item(String split, int number, int key, List<Integer> path, List<Stamp> stamps) {
        this.split = split;
        this.number = number;
        this.key = key;
        this.path = path;
        this.stamps = stamps;
    }

    private Item whole() {
        if (spent) {
            throw new AssertionError("a record was looked at after its owner had changed it");
        }
        return this;
    }

    void spend() {
        whole().spent = true;
    }

    /** Which record of which split. */
    String origin() {
        return whole().split + "#" + number;
    }

    int key() {
        return whole().key;
    }

    /** The edges that it came along. */
    List<Integer> path() {
        return whole().path;
    }

    List<Stamp> stamps() {
        return whole().stamps;
    }

    Item copy() {
        return new Item(whole().split, number, key, path, stamps);
    }

    Item along(int edge) {
        List<Integer> longer = new ArrayList<>(path());
        longer.add(edge);
        return new Item(split, number, key, List.copyOf(longer), stamps);
    }

    Item stamped(int vertex, long count) {
        List<Stamp> more = new ArrayList<>(stamps());
        more.add(new Stamp(vertex, path.size(), key, count));
        return new Item(split, number, key, path, List.copyOf(more));
    }

    void write(DataOutput out) throws IOException {
        out.writeUTF(whole().split);
        out.writeInt(number);
        out.writeInt(key);
        out.writeInt(path.size());
        for (int edge : path) {
            out.writeInt(edge);
        }
        out.writeInt(stamps.size());
        for (Stamp stamp : stamps) {
            out.writeInt(stamp.vertex());
            out.writeInt(stamp.depth());
            out.writeInt(stamp.key());
            out.writeLong(stamp.count());
        }
    }

    static Item read(DataInput in) throws IOException {
        String split = in.readUTF();
        int number = in.readInt();
        int key = in.readInt();
        List<Integer> path = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            path.add(in.readInt());
        }
        List<Stamp> stamps = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            stamps.add(new Stamp(in.readInt(), in.readInt(), in.readInt(), in.readLong()));
        }
        return new Item(split, number, key, List.copyOf(path), List.copyOf(stamps));
    }

    @Override
    public String toString() {
        return split + "#" + number + " along " + path + (spent ? " (spent)" : "");
    }
}
