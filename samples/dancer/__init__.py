"""A procedural dancer: footage of synthetic people with an exact truth, from numpy and OpenCV alone.

Data flows from who (`characters`, `body`, `surface`) and what is danced (`dance`, `pose`) through where (`scene`) and
how it looks (`render`) to a video with its truth (`clip`). Metres everywhere; y is up, the floor is y = 0, the camera
looks towards -z; a dancer with yaw 0 faces it, "L" is the dancer's own left, at +x. Angles are radians unless a name
says otherwise. Arrays of points are (..., 3). Colours are sRGB in [0, 1].
"""
