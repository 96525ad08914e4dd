package dev.weir.engine.checkpoint;

/**
 * Names a parallel instance of a vertex, whichever attempt runs it.
 *
 * @param vertex index of the vertex in its topology
 * @param index 0-based subtask index
 */
public record Subtask(int vertex, int index) implements Comparable<Subtask> {

    @Override
    public int compareTo(Subtask other) {
        int byVertex = Integer.compare(vertex, other.vertex);
        return byVertex == 0 ? Integer.compare(index, other.index) : byVertex;
    }
}
