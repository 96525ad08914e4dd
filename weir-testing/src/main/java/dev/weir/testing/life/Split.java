package dev.weir.testing.life;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Some records of a source, and how many of them have been read. */
record Split(String name, int length, int position) {

    boolean isRead() {
        return position >= length;
    }

    Split advanced() {
        return new Split(name, length, position + 1);
    }

    static void writeAll(List<Split> splits, DataOutput out) throws IOException {
        out.writeInt(splits.size());
        for (Split split : splits) {
            out.writeUTF(split.name());
            out.writeInt(split.length());
            out.writeInt(split.position());
        }
    }

    static List<Split> readAll(DataInput in) throws IOException {
        List<Split> splits = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            splits.add(new Split(in.readUTF(), in.readInt(), in.readInt()));
        }
        return splits;
    }
}
