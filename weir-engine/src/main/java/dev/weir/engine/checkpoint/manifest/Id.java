package dev.weir.engine.checkpoint.manifest;

/** 16 bytes that name a job or an operator, shown as 32 hexadecimal digits. */
public record Id(long first, long last) {
    @Override
    public String toString() {
        return "%016x%016x".formatted(first, last);
    }
}
