package dev.weir.flink.record.elsewhere;

/** A superclass in another package: what a subclass's neighbours may not touch. */
public class Distant {
    public int open;
    public String text = "default";
    private long hidden = 7;
    private Detail detail;
    protected transient String note = "made";

    public long getHidden() {
        return hidden;
    }

    public void setHidden(long hidden) {
        this.hidden = hidden;
    }

    public Detail getDetail() {
        return detail;
    }

    public void setDetail(Detail detail) {
        this.detail = detail;
    }

    public void note(String text) {
        note = text;
    }

    /** A mutable part. */
    public static final class Detail {
        public double weight;
        public int[] counts;
    }
}
