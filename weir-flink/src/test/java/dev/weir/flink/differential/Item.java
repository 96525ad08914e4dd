package dev.weir.flink.differential;

/** A POJO that random jobs send around; mutable, as users' are. */
public class Item {
    public long key;
    public long value;
    public String note = "";

    public Item() {}

    Item(long key, long value, String note) {
        this.key = key;
        this.value = value;
        this.note = note;
    }

    @Override
    public String toString() {
        return "Item(" + key + "," + value + "," + note + ")";
    }
}
