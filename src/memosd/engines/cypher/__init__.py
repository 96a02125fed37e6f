"""The graph of entities in a graph database beside the records, by Cypher: inside this process (KGLite), or by Bolt."""
